import { expect, test } from "vitest";
import { difference } from "./difference";

test("differences have a sign and a word, and are bad if failures, durations or costs rise", () => {
  expect(difference(100, 119, "duration")).toEqual({ text: "+19 % slower", tone: "bad" });
  expect(difference(200, 100, "duration")).toEqual({ text: "−50 % faster", tone: "good" });
  expect(difference(0.3, 3.7, "share")).toEqual({ text: "+3.4 points worse", tone: "bad" });
  expect(difference(1, 1.055, "cost")).toEqual({ text: "+5.5 % dearer", tone: "bad" });
  expect(difference(4, 48, "failures")).toEqual({ text: "× 12 more", tone: "bad" });
});

test("more invocations are neither good nor bad", () => {
  expect(difference(100, 50, "count")).toEqual({ text: "−50 % fewer", tone: "" });
  expect(difference(0, 7, "count")).toEqual({ text: "+7, from none", tone: "" });
});

test("changes within the accuracy of the values are none, and unknown is not zero", () => {
  expect(difference(100, 100.9, "duration").text).toBe("the same");
  expect(difference(0, 0, "failures").text).toBe("the same");
  expect(difference(2.5, 2.54, "share").text).toBe("the same");
  expect(difference(null, 5, "cost").text).toBe("unknown");
  expect(difference(null, null, "cost").text).toBe("");
});
