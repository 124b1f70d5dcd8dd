/** Buttons floating over a message list: jump to the first unread and to the latest message. */
import { ArrowDown, ArrowUp, Check } from 'lucide-react';
import { m } from '../../paraglide/messages';
import { Button } from '../../ui/Button';
import { formatCount } from '../read_state/formatCount';

interface Props {
  unreadCount: number;
  /** Position of the first unread message relative to the visible rows. */
  firstUnread: 'above' | 'below' | 'shown';
  atEnd: boolean;
  onFirstUnread(): void;
  onMarkAllRead(): void;
  onLatest(): void;
}

const pill = 'pointer-events-auto rounded-full! shadow-pop pointer-coarse:h-11';

export function ListPills(props: Props) {
  const { unreadCount, firstUnread } = props;
  const count = formatCount(unreadCount);
  const above = unreadCount > 0 && firstUnread === 'above';
  const below = unreadCount > 0 && firstUnread === 'below';
  return (
    <>
      {above && (
        <div className="pointer-events-none absolute inset-x-0 top-2 z-20 flex flex-wrap justify-center gap-1.5 px-2">
          <Button small variant="primary" className={pill} onClick={props.onFirstUnread}>
            <ArrowUp size={14} aria-hidden="true" />
            {m.conversation_list_pills_first_unread({ count })}
          </Button>
          <Button small className={pill} onClick={props.onMarkAllRead}>
            <Check size={14} aria-hidden="true" />
            {m.conversation_list_pills_mark_as_read()}
          </Button>
        </div>
      )}
      {!props.atEnd && (
        <div className="pointer-events-none absolute inset-x-0 bottom-2 z-20 flex flex-wrap justify-center gap-1.5 px-2">
          {below && (
            <Button small variant="primary" className={pill} onClick={props.onFirstUnread}>
              <ArrowDown size={14} aria-hidden="true" />
              {m.conversation_list_pills_first_unread({ count })}
            </Button>
          )}
          <Button small className={pill} onClick={props.onLatest}>
            <ArrowDown size={14} aria-hidden="true" />
            {unreadCount > 0 && !below
              ? m.conversation_list_pills_new({ count })
              : m.conversation_list_pills_latest()}
          </Button>
        </div>
      )}
    </>
  );
}
