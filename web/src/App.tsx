// The terminal: one page, one pair at a time, everything on it from one stream.

import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { ask } from "./api";
import { clock, useKeys } from "./hooks";
import type { Basis } from "./levels";
import { CostPanel } from "./panels/CostPanel";
import { DepthChart } from "./panels/DepthChart";
import { Ladder } from "./panels/Ladder";
import { PriceChart } from "./panels/PriceChart";
import { StatusBar } from "./panels/StatusBar";
import { Tape } from "./panels/Tape";
import { TopBar } from "./panels/TopBar";
import { VenuePanel } from "./panels/VenuePanel";
import { useDesk } from "./stream";
import { colours } from "./venues";

function usePairs(): string[] {
  const [pairs, setPairs] = useState<string[]>([]);
  useEffect(() => {
    let retry: number | undefined;
    let over = false;
    const load = () => {
      const again = () => {
        if (!over) retry = window.setTimeout(load, 1000);
      };
      ask<string[]>("/api/pairs").then((found) => {
        if (!over) setPairs(found);
        if (found.length === 0) again();
      }, again);
    };
    load();
    return () => {
      over = true;
      window.clearTimeout(retry);
    };
  }, []);
  return pairs;
}

export function App() {
  const pairs = usePairs();
  const [chosen, setChosen] = useState<string>();
  const [basis, setBasis] = useState<Basis>("net");
  const [shift, setShift] = useState(0); // steps coarser (+) or finer (-) than what fits
  const sizeInput = useRef<HTMLInputElement>(null);
  const pair = chosen ?? pairs[0];
  const desk = useDesk(pair);

  const choose = useCallback((next: string) => {
    setChosen(next);
    setShift(0);
  }, []);

  useKeys((key) => {
    const numbered = /^[1-9]$/.test(key) ? pairs[Number(key) - 1] : undefined;
    if (numbered !== undefined) choose(numbered);
    else if (key === "n") setBasis((held) => (held === "net" ? "raw" : "net"));
    else if (key === "[") setShift((held) => held - 1);
    else if (key === "]") setShift((held) => held + 1);
    else if (key === "/") sizeInput.current?.focus();
    else return false;
    return true;
  });

  useEffect(() => {
    document.title = pair === undefined ? "Argosy" : `${pair} · Argosy`;
  }, [pair]);

  const ids = desk.venues.map((venue) => venue.id).join(" ");
  const colour = useMemo(() => colours(ids === "" ? [] : ids.split(" ")), [ids]);
  const stopped = desk.link === "stale" || desk.link === "down";

  return (
    <div className="terminal" data-link={desk.link}>
      <TopBar desk={desk} pairs={pairs} pair={pair} onPair={choose} colour={colour} />
      {stopped && (
        <div className="stopped" role="alert">
          <strong>{desk.link === "down" ? "Connection to the desk lost" : "Stream stopped"}</strong>
          <span>
            Numbers are from {desk.lastMs === undefined ? "before" : clock(desk.lastMs)} UTC,{" "}
            {Math.round(desk.ageMs / 1000)} s ago, and are not live.
          </span>
        </div>
      )}
      <main className="panels">
        <Ladder
          book={desk.book}
          basis={basis}
          onBasis={setBasis}
          shift={shift}
          onShift={setShift}
          colour={colour}
        />
        <PriceChart key={`price ${pair}`} pair={pair} desk={desk} />
        <DepthChart book={desk.book} basis={basis} colour={colour} />
        <VenuePanel desk={desk} colour={colour} />
        <Tape desk={desk} colour={colour} />
        <CostPanel key={`cost ${pair}`} pair={pair} desk={desk} colour={colour} input={sizeInput} />
      </main>
      <StatusBar desk={desk} />
    </div>
  );
}
