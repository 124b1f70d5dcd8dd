/** A button that loads new matches. */
import { m } from '../../paraglide/messages';
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
          {m.search_new_matches_show({ count })}
        </Button>
      )}
    </div>
  );
}
