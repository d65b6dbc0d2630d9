"""A template as CloudFormation gets it: after AWS SAM has expanded it. Needs the virtual environment of the AWS SAM CLI."""

import os

os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")

from samcli.yamlhelper import yaml_parse
from samtranslator.translator.transform import transform


class NoManagedPolicies:
    """No role of ours names a policy of AWS, so nothing has to be looked up."""

    def load(self):
        return {}


def expand(path):
    """The resources by name, and the folder each function's code is in."""
    with open(path, encoding="utf-8") as file:
        template = yaml_parse(file.read())
    folders = {}
    for name, resource in template["Resources"].items():
        properties = resource.get("Properties", {})
        if resource["Type"] != "AWS::Serverless::Function":
            continue
        if properties.get("PackageType") == "Image":
            properties["ImageUri"] = "000000000000.dkr.ecr.us-east-1.amazonaws.com/image:tag"
        else:
            folders[name] = os.path.basename(properties["CodeUri"].rstrip("/"))
            properties["CodeUri"] = "s3://bucket/key"
    return transform(template, {}, NoManagedPolicies())["Resources"], folders
