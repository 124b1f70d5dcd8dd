/** A button that loads new matches. */
import { Button } from '../../ui/Button';

interface Props {
  count: number;
  onShow(): void;
}

export function NewMatches({ count, onShow }: Props) {
  return (
    <div role="status">
      {count > 0 && (
        <Button small variant="quiet" className="mb-2 bg-tint! text-tint-ink!" onClick={onShow}>
          {count === 1 ? 'Show 1 new message' : `Show ${count} new messages`}
        </Button>
      )}
    </div>
  );
}
