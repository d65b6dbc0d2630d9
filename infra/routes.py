"""Prints what infra/template.yaml means once AWS SAM has expanded it: which route leads to which function.

infra/routes.json keeps what it prints, for tests/tests/infra.rs, which compares it with the routers. local-dev/infra runs it.
"""

import json
import re
import sys

from expanded import expand

ANY = "x-amazon-apigateway-any-method"


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
    resources, folders = expand(sys.argv[1])
    rows = sorted(routes(resources, folders), key=lambda row: (row["api"], row["crate"], row["route"]))
    print("[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]")


main()
