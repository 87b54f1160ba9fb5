"""What it costs to decide about a batch of orders: engine/sourcing.py by itself, no database.

    python benchmarks/sourcing.py [orders] [warehouses] [products]

Half of the products are scarce: fewer units than the batch wants. Prints the time of the processor
and what came of it, beside the same batch with every order taking its best warehouse in turn.
"""

import random
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "oms_fulfillment"))

from engine import sourcing, sourcing_group  # noqa: E402
from engine.sourcing_choice import Stock  # noqa: E402


def batch(orders, warehouses, products, scarcity, seed=0):
    """Orders of one to four lines, as a shop has them: few products sell most."""
    rng = random.Random(seed)
    places = [f"W{number}" for number in range(warehouses)]
    popular = [1 / (rank + 5) for rank in range(products)]
    demand = []
    for number in range(orders):
        chosen = set(rng.choices(range(products), popular, k=rng.choice((1, 1, 1, 2, 3, 4))))
        items = tuple(
            sourcing.Item(wanted, ((wanted, float(rng.choice((1, 1, 1, 2, 3)))),))
            for wanted in sorted(chosen)
        )
        candidates = tuple(
            sourcing.Candidate(place, float(rng.randint(8, 40)), rng.random() < 0.05)
            for place in places
        )
        limit = rng.choice((1, 2, 99))
        demand.append(sourcing.Order(number, (rng.randint(0, 1), number), items, candidates, limit))
    wanted = {}
    for order in demand:
        for item in order.items:
            for product, units in item.needs:
                wanted[product] = wanted.get(product, 0.0) + units
    stock = {}
    for product, units in wanted.items():
        share = scarcity if rng.random() < 0.5 else 3.0
        for place in places:
            stock[place, product] = float(round(units * share * rng.random() * 2 / warehouses))
    slots = {places[0]: orders // (2 * warehouses)}
    return demand, stock, slots


def in_turn(orders, stock, slots):
    free = Stock(dict(stock), dict(slots))
    ranked = sorted(orders, key=lambda order: order.rank)
    return sourcing_group.total(orders, sourcing_group._in_turn(ranked, free))


def describe(value):
    missing, _hopeless, late, parcels, cost = value
    whole = sum(1 for units in missing if not units)
    goods = f"{whole} complete, {sum(missing):g} units missing"
    return f"{goods}, {late} late, {parcels} parcels, cost {cost:g}"


def main(orders=1000, warehouses=5, products=2000):
    for scarcity in (3.0, 1.0, 0.6):
        demand, stock, slots = batch(orders, warehouses, products, scarcity)
        begin = time.process_time()
        verdicts = sourcing.solve(demand, stock, slots)
        seconds = time.process_time() - begin
        together = sourcing.total(demand, {key: v.choice for key, v in verdicts.items()})
        print(f"{orders} orders, {warehouses} warehouses, {products} products, scarcity {scarcity}")
        print(f"  {seconds:.2f} s of processor time")
        print(f"  together: {describe(together)}")
        print(f"  in turn:  {describe(in_turn(demand, stock, slots))}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
