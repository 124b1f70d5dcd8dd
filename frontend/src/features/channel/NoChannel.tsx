/** In place of a channel that cannot be shown, or not any more: why, and the way on. */
import type { Failure } from '../../apollo/failure';
import { PageFrame } from '../../ui/PageFrame';
import { BackToList } from '../workspace/BackToList';
import { BrowseLink } from './BrowseLink';

interface Props {
  failure: Failure | undefined;
  /** The viewer was in it a moment ago. */
  left: boolean;
}

export function NoChannel({ failure, left }: Props) {
  const title = left ? 'You are no longer in this channel.' : 'This channel cannot be shown';
  const missing = !failure || failure.code === 'NOT_FOUND';
  return (
    <PageFrame title={title} back={<BackToList />}>
      <div role={left ? 'status' : undefined} className="py-10 text-center text-soft">
        <p>
          {left
            ? 'It is private: somebody in it can add you again.'
            : missing
              ? 'It does not exist, or you are not in it.'
              : failure.message}
        </p>
        <p className="mt-3">
          <BrowseLink />
        </p>
      </div>
    </PageFrame>
  );
}
