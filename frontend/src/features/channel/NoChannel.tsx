/** In place of a channel that cannot be shown, or not any more: why, and the way on. */
import { type Failure, isMissing } from '../../apollo/failure';
import { PageFrame } from '../../ui/PageFrame';
import { BackToList } from '../workspace/BackToList';
import { BrowseLink } from './BrowseLink';

interface Props {
  failure: Failure | undefined;
  /** The viewer was in it a moment ago. */
  left: boolean;
}

export function NoChannel({ failure, left }: Props) {
  const [title, why] = inWords(failure, left);
  return (
    <PageFrame title={title} back={<BackToList />}>
      <div role={left ? 'status' : undefined} className="py-10 text-center text-soft">
        <p>{why}</p>
        <p className="mt-3">
          <BrowseLink />
        </p>
      </div>
    </PageFrame>
  );
}

function inWords(failure: Failure | undefined, left: boolean): [title: string, why: string] {
  if (left) {
    return [
      'You are no longer in this channel',
      'It is private: somebody in it can add you again.',
    ];
  }
  if (failure && !isMissing(failure)) return ['This channel cannot be shown', failure.message];
  return [
    'There is no such channel',
    'This channel does not exist, or you cannot see it. It may be private, or the address may be mistyped.',
  ];
}
