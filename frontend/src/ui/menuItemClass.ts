/** Classes of a menu item. */
export const menuItemClass =
  'block w-full cursor-pointer rounded-md px-2.5 py-1.5 text-left outline-none data-[highlighted]:bg-hover touch:py-3';
