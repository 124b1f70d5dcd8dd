/** The logo: two speech bubbles. */
export function Logo({ size = 28 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="9" fill="#1d6b5a" />
      <path d="M7 13.5A6.5 6.5 0 0 1 13.5 7h1a6.5 6.5 0 0 1 0 13H7z" fill="#f7f4ed" />
      <path
        d="M23.5 12.6A6.2 6.2 0 0 1 25 25h-8a6.4 6.4 0 0 1-5.6-3h3.2a8.5 8.5 0 0 0 8.9-9.4z"
        fill="#8fd0b8"
      />
    </svg>
  );
}
