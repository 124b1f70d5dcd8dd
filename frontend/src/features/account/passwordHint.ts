/** What is said of a new password before there is a mistake. */
export const passwordHint = 'Use at least 10 characters.';
