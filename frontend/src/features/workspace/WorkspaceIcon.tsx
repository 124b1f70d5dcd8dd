/** The workspace icon. Defaults to the Confab logo. */
import { Logo } from '../../ui/Logo';

interface Props {
  url: string | null;
  size: number;
}

export function WorkspaceIcon({ url, size }: Props) {
  if (!url) return <Logo size={size} />;
  return (
    <img
      src={url}
      alt=""
      width={size}
      height={size}
      draggable={false}
      className="shrink-0 bg-hover object-cover"
      style={{ borderRadius: Math.round(size * 0.28), width: size, height: size }}
    />
  );
}
