"""One buyer is one contact, however many requests bring their first orders at the same moment."""

import clients
import oms_dev as dev
import shop

CLIENTS = 4
ROUNDS = 6


def same_buyer(number, sku, **buyer):
    name = f"Pembeli {number}"
    ship_to = {
        "name": name,
        "street": f"Jl. Melati {number}",
        "city": "Surabaya",
        "country": "ID",
        **({"phone": buyer["phone"]} if "phone" in buyer else {}),
    }
    return shop.payload(
        number, [(sku, 1, 10000)], prefix="SAME", buyer={"name": name, **buyer}, ship_to=ship_to
    )


def contacts(odoo, *domain):
    return odoo.env["res.partner"].search([("parent_id", "=", False), *domain])


def test_four_processes_make_one_contact():
    with dev.fresh_database() as name, dev.Server(name, workers=CLIENTS, name="buyers") as server:
        odoo = shop.connect(server.port, name)
        shop.make_products(odoo, "BUY", 1)
        shop.make_channel(odoo, "SAME")
        spellings = ("0812-7000-{:04}", "+62 812 7000 {:04}", "62812 7000{:04}", "(0812) 7000{:04}")
        shares = [("SAME", [], 1) for _client in range(CLIENTS)]
        number = 0
        for turn in range(ROUNDS):
            # every client brings a first order of the same buyers, each in its own spelling
            for client, spelling in enumerate(spellings):
                number += 1
                by_phone = same_buyer(number, "BUY-0", phone=spelling.format(turn))
                number += 1
                by_mail = same_buyer(number, "BUY-0", email=f"Buyer{turn}@example.com")
                number += 1
                masked = same_buyer(number, "BUY-0", phone="******37", external_id=f"m{number}")
                shares[client][1].extend((by_phone, by_mail, masked))
        for answers in clients.run(server, clients.submit, shares):
            for answer in answers:
                assert answer["status"] in ("accepted", "held"), shop.pretty(answer)
        for turn in range(ROUNDS):
            ending = f"7000{turn:04}"
            phones = [
                row["id"]
                for row in odoo.env["res.partner"].search_read(
                    [("parent_id", "=", False), ("phone", "!=", False)], ["phone"]
                )
                if "".join(filter(str.isdigit, row["phone"])).endswith(ending)
            ]
            assert len(phones) == 1, f"{len(phones)} contacts for one telephone number"
            mails = contacts(odoo, ("email", "=ilike", f"buyer{turn}@example.com"))
            assert len(mails) == 1, f"{len(mails)} contacts for one e-mail address"
        orders = odoo.env["sale.order"].search_count([("oms_external_id", "like", "SAME-")])
        assert orders == number
        assert len(contacts(odoo, ("name", "=", "Buyers of Same"))) == 1
        server.assert_only_conflicts()
