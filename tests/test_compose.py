"""docker-compose.yml, read by Docker Compose itself (no Docker is needed for that)."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import oms_dev as dev
import pytest


def composer():
    own = Path(os.environ["OMS_TOOLS"], "docker-compose")
    for command in ([str(own)], ["docker-compose"], ["docker", "compose"]):
        if shutil.which(command[0]):
            if not subprocess.run([*command, "version"], capture_output=True).returncode:
                return command
    pytest.skip("no Docker Compose on this machine, scripts/setup could not get one")


def parse(**environment):
    done = subprocess.run(
        [*composer(), "--file", str(dev.ROOT / "docker-compose.yml"), "config", "--format=json"],
        env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", **environment},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert not done.stderr, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def project():
    return parse()


@pytest.fixture(scope="module")
def services(project):
    return project["services"]


def test_images(services):
    assert {name: service["image"] for name, service in services.items()} == {
        "db": "postgres:17",
        "init": "odoo:19.0",
        "odoo": "odoo:19.0",
    }


def test_long_running_services_are_watched(services):
    assert "pg_isready" in services["db"]["healthcheck"]["test"]
    assert "http://localhost:8069/web/health" in services["odoo"]["healthcheck"]["test"]


def test_order_of_start(services):
    assert services["init"]["depends_on"]["db"]["condition"] == "service_healthy"
    waits = services["odoo"]["depends_on"]
    assert waits["db"]["condition"] == "service_healthy"
    assert waits["init"]["condition"] == "service_completed_successfully"
    assert services["init"]["restart"] == "no"


@pytest.mark.parametrize("name", ["init", "odoo"])
def test_addons_are_mounted(services, name):
    mounts = {volume["target"]: volume for volume in services[name]["volumes"]}
    for addon in ("oms_fulfillment", "oms_tracking", "oms_reports"):
        mount = mounts[f"/mnt/extra-addons/{addon}"]
        assert mount["type"] == "bind" and mount["read_only"]
        assert Path(mount["source"]) == dev.ROOT / addon
    assert {addon for addon in dev.addons() if addon.startswith("oms_")} <= {
        Path(target).name for target in mounts
    }


def test_what_is_mounted_exists(services):
    sources = {
        Path(volume["source"])
        for service in services.values()
        for volume in service["volumes"]
        if volume["type"] == "bind"
    }
    known = {dev.ROOT / addon for addon in ("oms_fulfillment", "oms_tracking", "oms_reports")}
    assert [path for path in sources - known if not path.exists()] == []


def test_data_is_on_named_volumes(project, services):
    assert set(project["volumes"]) == {"db-data", "odoo-data"}
    named = {
        (name, volume["target"])
        for name, service in services.items()
        for volume in service["volumes"]
        if volume["type"] == "volume"
    }
    assert ("db", "/var/lib/postgresql/data") in named
    assert ("odoo", "/var/lib/odoo") in named
    # pip installs there, for the service that runs later
    assert ("init", "/var/lib/odoo") in named


def test_demo_is_built_from_the_files_that_are_mounted(services):
    assert services["init"]["command"] == ["bash", "scripts/compose-init"]
    assert services["init"]["working_dir"] == "/mnt/oms"
    script = (dev.ROOT / "scripts/compose-init").read_text()
    assert "<scripts/demo_data/shell.py" in script
    assert (dev.ROOT / "scripts/demo_data/shell.py").exists()
    # the same modules as scripts/demo installs
    assert '--init="l10n_id,$ADDONS"' in script


def test_only_this_machine_can_connect(services):
    assert [port["host_ip"] for port in services["odoo"]["ports"]] == ["127.0.0.1"]
    assert "ports" not in services["db"]


def test_environment_changes_the_defaults():
    services = parse(OMS_PORT="9000", OMS_DATABASE="shop", OMS_DB_PASSWORD="x")["services"]
    assert services["odoo"]["ports"][0]["published"] == "9000"
    assert "--database=shop" in services["odoo"]["command"]
    assert services["init"]["environment"]["OMS_DATABASE"] == "shop"
    assert services["db"]["environment"]["POSTGRES_PASSWORD"] == "x"
    assert services["odoo"]["environment"]["PASSWORD"] == "x"
