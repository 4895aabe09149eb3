/** What a host function tells the code that called it: fit for its author, and never anything of this machine or its network. */
export class HostFault extends Error {}
