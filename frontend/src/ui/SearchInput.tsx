/** A field that filters a list. */
interface Props {
  label: string;
  value: string;
  onChange(value: string): void;
  className: string;
}

export function SearchInput({ label, value, onChange, className }: Props) {
  return (
    <input
      type="search"
      aria-label={label}
      placeholder={label}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      className={`h-9 rounded-lg border border-line-strong bg-raised px-3 outline-none placeholder:text-faint focus:border-accent ${className}`}
    />
  );
}
