"""A whole session of the official Python SDK: connect, list, call, read. Arguments: URL and key. Prints one JSON object."""

import asyncio
import json
import sys

from mcp import ClientSession
from mcp.client.streamable_http import create_mcp_http_client, streamable_http_client


async def main(url, key):
    async with create_mcp_http_client(headers={"Authorization": f"Bearer {key}"}) as http:
        async with streamable_http_client(url, http_client=http) as streams:
            async with ClientSession(streams[0], streams[1]) as session:
                print(json.dumps(await talk(session)))


async def talk(session):
    about = await session.initialize()
    await session.send_ping()
    tools = (await session.list_tools()).tools
    stored = await session.call_tool("memory_store", {"id": "from-python", "content": "python was here"})
    found = await session.call_tool("memory_search", {"query": "python"})
    await session.call_tool("fs_write_file", {"path": "py/note.txt", "content": "text"})
    file = await session.call_tool("fs_read_file", {"path": "py/note.txt"})
    refused = await session.call_tool("fs_read_file", {"path": "../x"})
    resources = (await session.list_resources()).resources
    read = await session.read_resource(resources[0].uri)
    templates = await session.list_resource_templates()
    plain = lambda result: json.loads(result.content[0].text)
    dumped = lambda model: model.model_dump(by_alias=True, mode="json")
    return {
        "server": dumped(about)["serverInfo"]["name"],
        "tools": len(tools),
        "stored": plain(stored)["status"],
        "found": plain(found)["count"],
        "file": plain(file)["content"],
        "refused": dumped(refused)["isError"],
        "read": read.contents[0].text,
        "templates": len(dumped(templates)["resourceTemplates"]),
    }


asyncio.run(main(*sys.argv[1:]))
