/** A number beside a link, up to `99+`. */
interface Props {
  count: number;
  label?: (inputs: { count: string }) => string;
  'aria-hidden'?: true;
}

export function CountBadge({ count, label, ...rest }: Props) {
  const shown = count > 99 ? '99+' : String(count);
  return (
    <span
      {...rest}
      className="rounded-full bg-notice px-1.5 text-[11px] leading-[17px] font-semibold text-page"
    >
      {label ? label({ count: shown }) : shown}
    </span>
  );
}
