// The SQL that answers one order. The table of facts is sorted by code: it is read where the order's codes lie, and
// nowhere else.

function met(part) {
  return part.isCertificate ? `f.until >= ${part.validOn}` : `f.level >= ${part.minimum}`;
}

/** The points of a fact `f` of this part's code. */
function points(part) {
  if (part.must || part.isCertificate) {
    return `CASE WHEN ${met(part)} THEN ${part.share} ELSE 0 END`;
  }
  const whole = part.share;
  const half = Math.floor(whole / 2);
  const quarter = Math.floor(whole / 4);
  const aged = (fresh, stale) => (part.ages ? `CASE WHEN f.stale THEN ${stale} ELSE ${fresh} END` : `${fresh}`);
  const below = part.minimum > 1 ? ` WHEN f.level = ${part.minimum - 1} THEN ${aged(half, quarter)}` : "";
  return `CASE WHEN f.level >= ${part.minimum} THEN ${aged(whole, half)}${below} ELSE 0 END`;
}

function pointsOf(parts) {
  return `CASE f.code ${parts.map((part) => `WHEN ${part.code} THEN ${points(part)}`).join(" ")} ELSE 0 END`;
}

function terms(order) {
  return `c.in_play AND c.available <= ${order.start} AND c.work & ${order.work} <> 0
    AND c.town IN (SELECT town FROM distance WHERE origin = ${order.town} AND km <= ${order.radius})
    AND (c.travel = 0 OR c.travel >= (SELECT km FROM distance d WHERE d.origin = ${order.town} AND d.town = c.town))`;
}

/** One pass over what the order's codes hold, joined to everybody in the circle: a bit for each must met, and the points. */
export function queryFor(order) {
  const parts = [...order.musts, ...order.nices];
  const nearMiss = order.className === "near-miss";
  const bits = order.musts.map((part, bit) => `WHEN ${part.code} THEN CASE WHEN ${met(part)} THEN ${1 << bit} ELSE 0 END`);
  const all = (1 << order.musts.length) - 1;
  const lacking = order.musts.map((part, bit) => `WHEN ${all & ~(1 << bit)} THEN ${part.number}`);
  const anybody = nearMiss && order.musts.length === 1;
  return `
    WITH circle AS (SELECT c.row, c.id FROM candidate c WHERE ${terms(order)}),
    held AS (
      SELECT circle.id, coalesce(sum(CASE f.code ${bits.join(" ")} ELSE 0 END), 0)::INT AS bits,
        coalesce(sum(${pointsOf(parts)}), 0)::INT AS score
      FROM circle ${anybody ? "LEFT" : ""} JOIN
        (SELECT * FROM fact WHERE code IN (${parts.map((part) => part.code).join(", ")})) f USING (row)
      GROUP BY circle.id)
    SELECT id, score, ${nearMiss ? `CASE bits ${lacking.join(" ")} ELSE -1 END` : "-1"} AS lacking
    FROM held WHERE ${nearMiss ? `bit_count(bits) >= ${order.musts.length - 1}` : `bits = ${all}`}
    ORDER BY score DESC, id LIMIT 20`;
}
