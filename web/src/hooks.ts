// Small pieces of behaviour that several panels need.

import { type RefObject, useEffect, useRef, useState } from "react";

export interface Box {
  width: number;
  height: number;
}

/** The size of an element in CSS pixels, as it changes. */
export function useBox<T extends HTMLElement>(): [RefObject<T | null>, Box] {
  const element = useRef<T>(null);
  const [box, setBox] = useState<Box>({ width: 0, height: 0 });
  useEffect(() => {
    const target = element.current;
    if (target === null) return;
    const observer = new ResizeObserver(([entry]) => {
      if (entry === undefined) return;
      const { width, height } = entry.contentRect;
      setBox({ width: Math.floor(width), height: Math.floor(height) });
    });
    observer.observe(target);
    return () => observer.disconnect();
  }, []);
  return [element, box];
}

/** Single keys while nothing is being typed. */
export function useKeys(act: (key: string) => boolean): void {
  const latest = useRef(act);
  latest.current = act;
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target instanceof HTMLInputElement) return;
      if (latest.current(event.key)) event.preventDefault();
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, []);
}

/** '12:03:04.123' UTC of a wall-clock millisecond. */
export function clock(ms: number, digits = 0): string {
  return new Date(ms).toISOString().slice(11, digits === 0 ? 19 : 20 + digits);
}
