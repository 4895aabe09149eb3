// Preloaded into servers that would listen on all interfaces: they get this machine's own, and tell their parent the port.
import net from 'node:net';

const listen = net.Server.prototype.listen;
net.Server.prototype.listen = function (port, ...more) {
  if (Number.isNaN(Number(port))) return listen.call(this, port, ...more);
  this.once('listening', () => process.send?.({ port: this.address().port }));
  const told = more.filter((argument) => typeof argument !== 'string');
  return listen.call(this, Number(port), '127.0.0.1', ...told);
};
