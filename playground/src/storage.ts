// Where GraphiQL keeps tabs and history: localStorage, without the passwords that variables hold
// and without headers, which hold the token.
const PASSWORD = /(\\*"password\\*"\s*:\s*\\*")(?:[^"\\]|\\+[^"\\])*/g;
const HEADERS = /"headers":"(?:[^"\\]|\\.)*"/g;

const discreet = (text: string) => text.replace(HEADERS, '"headers":null').replace(PASSWORD, '$1');

export const storage = {
  get length() {
    return localStorage.length;
  },
  getItem: (key: string) => localStorage.getItem(key),
  setItem: (key: string, value: string) => localStorage.setItem(key, discreet(value)),
  removeItem: (key: string) => localStorage.removeItem(key),
  clear() {
    for (const key of Object.keys(localStorage)) {
      if (key.startsWith('graphiql:')) localStorage.removeItem(key);
    }
  },
};
