/** The signs of a ladder, on a canvas: lines, and what stands at their ends. */

export function line(
  context: CanvasRenderingContext2D,
  x1: number,
  y1: number,
  x2: number,
  y2: number,
  doubled: boolean,
): void {
  stroke(context, [
    [x1, y1],
    [x2, y2],
  ]);
  if (doubled)
    stroke(context, [
      [x1, y1 + 4],
      [x2, y2 + 4],
    ]);
}

export function stroke(
  context: CanvasRenderingContext2D,
  points: readonly (readonly [number, number])[],
): void {
  context.beginPath();
  points.forEach(([x, yy], index) => {
    if (index === 0) context.moveTo(x, yy);
    else context.lineTo(x, yy);
  });
  context.stroke();
}

export function head(
  context: CanvasRenderingContext2D,
  x1: number,
  y1: number,
  x2: number,
  y2: number,
): void {
  const angle = Math.atan2(y2 - y1, x2 - x1);
  context.beginPath();
  context.moveTo(x2, y2);
  for (const turn of [0.42, -0.42])
    context.lineTo(x2 - 10 * Math.cos(angle + turn), y2 - 10 * Math.sin(angle + turn));
  context.closePath();
  context.fill();
}

export function cross(context: CanvasRenderingContext2D, x: number, yy: number): void {
  context.lineWidth = 2.5;
  stroke(context, [
    [x - 6, yy - 6],
    [x + 6, yy + 6],
  ]);
  stroke(context, [
    [x - 6, yy + 6],
    [x + 6, yy - 6],
  ]);
}

/** Arrived, and thrown away. */
export function stop(context: CanvasRenderingContext2D, x: number, yy: number): void {
  context.lineWidth = 2;
  context.beginPath();
  context.arc(x, yy, 5.5, 0, Math.PI * 2);
  context.stroke();
  stroke(context, [
    [x - 4, yy + 4],
    [x + 4, yy - 4],
  ]);
}

/** On its way. */
export function dot(context: CanvasRenderingContext2D, x: number, yy: number): void {
  context.beginPath();
  context.arc(x, yy, 3.5, 0, Math.PI * 2);
  context.fill();
}
