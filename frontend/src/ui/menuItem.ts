/** How an entry of a menu looks. */
export const menuItem =
  'block w-full cursor-pointer rounded-md px-2.5 py-1.5 text-left outline-none data-[highlighted]:bg-hover touch:py-3';
