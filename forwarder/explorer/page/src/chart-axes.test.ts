import { expect, test } from "vitest";
import { placeLabels, type Tick, withoutRepeats } from "./chart-axes";

const widthOf = (text: string) => text.length * 6;
const tick = (middle: number, day: string, clock: string): Tick => ({
  middle,
  day,
  short: clock,
  long: `${day} ${clock}`,
});

test("labels that would be cut at an edge or touch another one are left out", () => {
  // "3 Mar 12:00" is 66 wide, "12:00" 30.
  const ticks = [
    tick(10, "3 Mar", "12:00"),
    tick(60, "3 Mar", "13:00"),
    tick(110, "3 Mar", "14:00"),
    tick(160, "3 Mar", "15:00"),
    tick(190, "3 Mar", "16:00"),
  ];
  expect(placeLabels(ticks, 200, widthOf)).toEqual(["", "3 Mar 13:00", "", "15:00", ""]);
});

test("each first label of a day has its day", () => {
  const ticks = [tick(50, "3 Mar", "18:00"), tick(150, "4 Mar", "06:00"), tick(250, "4 Mar", "12:00")];
  expect(placeLabels(ticks, 300, widthOf)).toEqual(["3 Mar 18:00", "4 Mar 06:00", "12:00"]);
});

test("rounded labels do not repeat", () => {
  expect(withoutRepeats(["0", "0", "1", "1", "2"])).toEqual(["0", "", "1", "", "2"]);
});
