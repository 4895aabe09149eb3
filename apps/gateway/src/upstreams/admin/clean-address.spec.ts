import { expect, it } from '@jest/globals';
import { cleanAddress } from './clean-address.js';

it.each([
  ['https://mcp.example.com/mcp?token=s3cret#x', 'https://mcp.example.com/mcp'],
  ['https://user:s3cret@mcp.example.com/mcp', 'https://mcp.example.com/mcp'],
  ['HTTP://MCP.example.com:80', 'http://mcp.example.com/'],
  ['config/petstore.yaml', 'config/petstore.yaml'],
])('%s is shown as %s', (address, shown) => expect(cleanAddress(address)).toBe(shown));
