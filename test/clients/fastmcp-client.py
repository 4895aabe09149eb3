"""FastMCP's client. It is told and prints the same as the others here."""

import asyncio
import json
import sys

from fastmcp import Client

target = json.loads(sys.argv[1])


async def main() -> None:
    async with Client(target["url"], auth=target.get("token")) as client:
        tools = await client.list_tools()
        result = await client.call_tool(target["tool"], target["arguments"])
        print(json.dumps({"tools": [tool.name for tool in tools], "text": result.content[0].text}))


asyncio.run(main())
