/** Menus of actions. */
import { Menu as Base } from '@base-ui/react/menu';
import { Ellipsis } from 'lucide-react';
import type { ReactElement, ReactNode } from 'react';
import { IconButton } from './Button';

interface Props {
  /** What opens the menu: a `MenuTrigger`. */
  trigger: ReactElement;
  align?: 'start' | 'end';
  /** The class of the width. */
  width: string;
  children: ReactNode;
}

export function Menu({ trigger, align = 'end', width, children }: Props) {
  return (
    <Base.Root>
      {trigger}
      <Base.Portal>
        <Base.Positioner align={align} sideOffset={4} className="z-30">
          <Base.Popup
            className={`${width} rounded-xl border border-line bg-raised p-1.5 shadow-pop outline-none`}
          >
            {children}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

export const MenuTrigger = Base.Trigger;

interface MoreMenuProps extends Pick<Props, 'width' | 'children'> {
  /** Accessible name of the button. */
  label: string;
  tabIndex?: number;
}

/** A menu that opens from a button with three dots. */
export function MoreMenu({ label, width, children, ...button }: MoreMenuProps) {
  const trigger = (
    <MenuTrigger render={<IconButton label={label} {...button} />}>
      <Ellipsis size={16} />
    </MenuTrigger>
  );
  return (
    <Menu trigger={trigger} width={width}>
      {children}
    </Menu>
  );
}

interface MenuItemProps {
  className?: string;
  /** The element to render, such as a link. */
  render?: ReactElement;
  onClick?(): void;
  children: ReactNode;
}

export function MenuItem({ className = '', ...rest }: MenuItemProps) {
  return (
    <Base.Item
      {...rest}
      className={`block w-full cursor-pointer rounded-md px-2.5 py-1.5 text-left outline-none data-[highlighted]:bg-hover touch:py-3 ${className}`}
    />
  );
}

export function MenuSeparator() {
  return <Base.Separator className="my-1.5 h-px bg-line" />;
}
