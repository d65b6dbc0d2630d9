// Choices that this browser keeps. A browser that keeps nothing is fine.

export function kept(name: string): string | undefined {
  try {
    return localStorage.getItem(`cac.${name}`) ?? undefined;
  } catch {
    return undefined;
  }
}

export function keep(name: string, value: string | undefined) {
  try {
    if (value === undefined) localStorage.removeItem(`cac.${name}`);
    else localStorage.setItem(`cac.${name}`, value);
  } catch {
    // Not kept.
  }
}
