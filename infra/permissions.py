"""Fails unless each function may read exactly the secrets that its variables name. local-dev/infra runs it."""

import json
import sys

from expanded import expand


def without_condition(value):
    """Both branches of an `Fn::If`; a resource is there under the same condition as what names it."""
    if isinstance(value, dict) and "Fn::If" in value:
        return [leaf for branch in value["Fn::If"][1:] for leaf in without_condition(branch)]
    return [value]


def secrets_of_variables(function):
    variables = function["Properties"]["Environment"]["Variables"]
    named = [leaf for name, value in variables.items() if name.endswith("_SECRET_ARN") for leaf in without_condition(value)]
    return {json.dumps(leaf) for leaf in named if leaf != {"Ref": "AWS::NoValue"}}


def readable(policy):
    for statement in (leaf for entry in policy["Statement"] for leaf in without_condition(entry)):
        if "secretsmanager:GetSecretValue" in str(statement.get("Action")):
            resources = statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]
            yield from (json.dumps(leaf) for resource in resources for leaf in without_condition(resource))


def secrets_of_role(resources, role):
    policies = [inline["PolicyDocument"] for inline in role["Properties"].get("Policies", [])]
    policies += [resources[arn["Ref"]]["Properties"]["PolicyDocument"] for arn in role["Properties"].get("ManagedPolicyArns", [])]
    return {secret for policy in policies for secret in readable(policy)}


def main():
    wrong = False
    for path in sys.argv[1:]:
        resources, _ = expand(path)
        for name, function in resources.items():
            if function["Type"] != "AWS::Lambda::Function":
                continue
            named = secrets_of_variables(function)
            may = secrets_of_role(resources, resources[function["Properties"]["Role"]["Fn::GetAtt"][0]])
            if named != may:
                wrong = True
                print(f"{path}: {name} names {sorted(named - may)} and may not read it, and may read {sorted(may - named)} for nothing")
    sys.exit(wrong)


main()
