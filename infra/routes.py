"""Prints what infra/template.yaml means once AWS SAM has expanded it: which route leads to which function.

It runs in the virtual environment of the AWS SAM CLI (see local-dev/infra). infra/routes.json keeps what it prints, for
tests/tests/infra.rs, which compares it with the routers.
"""

import json
import os
import re
import sys

os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")

from samcli.yamlhelper import yaml_parse
from samtranslator.translator.transform import transform

ANY = "x-amazon-apigateway-any-method"


class NoManagedPolicies:
    """No role of the template names a policy of AWS, so nothing has to be looked up."""

    def load(self):
        return {}


def expand(template):
    """What CloudFormation gets, and the folder each function's code is in."""
    folders = {}
    for name, resource in template["Resources"].items():
        if resource["Type"] == "AWS::Serverless::Function":
            folders[name] = os.path.basename(resource["Properties"]["CodeUri"].rstrip("/"))
            resource["Properties"]["CodeUri"] = "s3://bucket/key"
    return transform(template, {}, NoManagedPolicies())["Resources"], folders


def route_key(path, method):
    if path == "/$default":
        return "$default"
    return f"{'ANY' if method == ANY else method.upper()} {path}"


def target(operation):
    uri = operation["x-amazon-apigateway-integration"]["uri"]["Fn::Sub"]
    return re.search(r"\$\{(\w+)\.Arn\}/invocations$", uri).group(1)


def routes(resources, folders):
    for api, resource in resources.items():
        if resource["Type"] != "AWS::ApiGatewayV2::Api":
            continue
        throttled = resources[f"{api}ApiGatewayDefaultStage"]["Properties"]["RouteSettings"]
        for path, item in resource["Properties"]["Body"]["paths"].items():
            for method, operation in item.items():
                key, function = route_key(path, method), target(operation)
                yield {
                    "api": api,
                    "route": key,
                    "crate": folders[function],
                    "requests_per_second": throttled.get(key, {}).get("ThrottlingRateLimit"),
                    "after_migration": "Schema" in resources[function].get("DependsOn", []),
                }


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        resources, folders = expand(yaml_parse(file.read()))
    rows = sorted(routes(resources, folders), key=lambda row: (row["api"], row["crate"], row["route"]))
    print("[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]")


main()
