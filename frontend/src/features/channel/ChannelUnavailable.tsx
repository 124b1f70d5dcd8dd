/** Shown when a channel is missing, failed to load, or was left. */
import { type Failure, isMissing } from '../../apollo/failure';
import { m } from '../../paraglide/messages';
import { PageFrame } from '../../ui/PageFrame';
import { BackLink } from '../workspace/BackLink';
import { BrowseChannelsLink } from './BrowseChannelsLink';

interface Props {
  failure: Failure | undefined;
  /** The viewer just left or was removed. */
  left: boolean;
  /** The channel's label, if it is in the sidebar. */
  name: string | undefined;
}

export function ChannelUnavailable({ failure, left, name }: Props) {
  const [title, explanation] = describe(failure, left, name);
  return (
    <PageFrame title={title} back={<BackLink />}>
      <div role={left ? 'status' : undefined} className="py-10 text-center text-soft">
        <p>{explanation}</p>
        <p className="mt-3">
          <BrowseChannelsLink />
        </p>
      </div>
    </PageFrame>
  );
}

function describe(
  failure: Failure | undefined,
  left: boolean,
  name: string | undefined,
): [title: string, explanation: string] {
  if (left) {
    return [m.channel_unavailable_left_title(), m.channel_unavailable_left_explanation()];
  }
  if (failure && !isMissing(failure)) {
    const title = name
      ? m.channel_unavailable_retrying({ name })
      : m.channel_unavailable_retrying_unnamed();
    return [title, failure.message];
  }
  return [m.channel_unavailable_missing_title(), m.channel_unavailable_missing_explanation()];
}
