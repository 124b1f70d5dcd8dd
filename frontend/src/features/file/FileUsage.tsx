/** Storage usage and limits of the viewer and, for admins, of the workspace. */
import { useQuery } from '@apollo/client/react';
import { FailureNotice } from '../../apollo/FailureNotice';
import { failureOf } from '../../apollo/failure';
import { m } from '../../paraglide/messages';
import { Spinner } from '../../ui/Spinner';
import { useBoot, useWorkspace } from '../workspace/workspaceContext';
import { formatSize } from './file';
import { FILE_LIMITS } from './fileLimits';

export function FileUsage() {
  const { id: workspaceId } = useWorkspace();
  const name = useBoot(({ workspace }) => workspace.name);
  const { data, error } = useQuery(FILE_LIMITS, {
    variables: { workspaceId },
    fetchPolicy: 'cache-and-network',
  });
  const limits = data?.workspace.fileLimits;
  return (
    <section aria-labelledby="files" className="mt-8">
      <h2 id="files" className="font-semibold">
        {m.file_usage_storage()}
      </h2>
      <FailureNotice failure={error && !limits ? failureOf(error) : null} />
      {!limits && !error && <Spinner />}
      {limits && (
        <>
          <p className="mt-0.5 text-soft">
            {m.file_usage_limits({
              count: limits.attachmentsPerMessage,
              size: formatSize(limits.fileBytes),
            })}
          </p>
          <Usage
            title={m.file_usage_of_member()}
            used={limits.memberBytesUsed}
            of={limits.memberBytes}
          />
          {/* Visible to owners and admins only. */}
          {limits.workspaceBytesUsed !== null && (
            <Usage
              title={m.file_usage_of_workspace({ name })}
              used={limits.workspaceBytesUsed}
              of={limits.workspaceBytes}
            />
          )}
        </>
      )}
    </section>
  );
}

interface UsageProps {
  title: string;
  used: number;
  of: number;
}

function Usage({ title, used, of }: UsageProps) {
  const share = of > 0 ? Math.min(1, used / of) : 1;
  const words = m.file_usage_used({ used: formatSize(used), of: formatSize(of) });
  return (
    <div className="mt-3">
      <p className="flex justify-between gap-3 text-[13px]">
        <span className="min-w-0 truncate">{title}</span>
        <span className="shrink-0 text-soft tabular-nums">{words}</span>
      </p>
      <meter
        aria-label={title}
        min={0}
        max={of}
        value={Math.min(used, of)}
        aria-valuetext={words}
        className="sr-only"
      />
      <div aria-hidden="true" className="mt-1 h-2 overflow-hidden rounded-full bg-pressed">
        <div
          className={`h-full rounded-full ${share > 0.9 ? 'bg-notice' : 'bg-accent'}`}
          style={{ width: `${share * 100}%` }}
        />
      </div>
    </div>
  );
}
