/** Opens a part when it has to be seen. It never closes one: somebody may be typing in it. */
export const opens = (when: () => boolean) => (part: HTMLDetailsElement) => {
  if (when()) part.open = true;
};
