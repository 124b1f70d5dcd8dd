/** Storage usage and limits of the viewer and, for admins, of the workspace. */
import { useQuery } from '@apollo/client/react';
import { failureOf } from '../../apollo/failure';
import { Notice } from '../../ui/Notice';
import { Spinner } from '../../ui/Spinner';
import { useWorkspace } from '../workspace/workspaceContext';
import { formatSize } from './file';
import { FILE_LIMITS } from './fileLimits';

export function FileUsage() {
  const { id: workspaceId, name } = useWorkspace();
  const { data, error } = useQuery(FILE_LIMITS, {
    variables: { workspaceId },
    fetchPolicy: 'cache-and-network',
  });
  const limits = data?.workspace.fileLimits;
  return (
    <section aria-labelledby="files" className="mt-8">
      <h2 id="files" className="font-semibold">
        Storage
      </h2>
      {error && !limits && <Notice>{failureOf(error).message}</Notice>}
      {!limits && !error && <Spinner />}
      {limits && (
        <>
          <p className="mt-0.5 text-soft">
            Maximum file size: {formatSize(limits.fileBytes)}. Up to {limits.attachmentsPerMessage}{' '}
            files per message.
          </p>
          <Usage title="Your files" used={limits.memberBytesUsed} of={limits.memberBytes} />
          {/* Visible to owners and admins only. */}
          {limits.workspaceBytesUsed !== null && (
            <Usage
              title={`All files in ${name}`}
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
  const words = `${formatSize(used)} of ${formatSize(of)}`;
  return (
    <div className="mt-3">
      <p className="flex justify-between gap-3 text-[13px]">
        <span className="min-w-0 truncate">{title}</span>
        <span className="shrink-0 text-soft tabular-nums">{words}</span>
      </p>
      <div
        role="meter"
        aria-label={title}
        aria-valuemin={0}
        aria-valuemax={of}
        aria-valuenow={Math.min(used, of)}
        aria-valuetext={words}
        className="mt-1 h-2 overflow-hidden rounded-full bg-pressed"
      >
        <div
          className={`h-full rounded-full ${share > 0.9 ? 'bg-notice' : 'bg-accent'}`}
          style={{ width: `${share * 100}%` }}
        />
      </div>
    </div>
  );
}
