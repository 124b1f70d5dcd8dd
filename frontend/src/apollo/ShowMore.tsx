/** The button that loads the next page of a list. It shows why that failed, and then tries again. */
import { m } from '../paraglide/messages';
import { Button } from '../ui/Button';
import { FailureNotice } from './FailureNotice';
import { useAction } from './useAction';

interface Props {
  label: string;
  load(): Promise<unknown>;
}

export function ShowMore({ label, load }: Props) {
  const more = useAction(load);
  return (
    <div className="flex flex-col items-center gap-2 pt-3">
      <FailureNotice failure={more.failure} />
      <Button disabled={more.isRunning} onClick={more.run}>
        {more.failure ? m.ui_try_again() : label}
      </Button>
    </div>
  );
}
