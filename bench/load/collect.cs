// Asks a .NET process for a full garbage collection over its diagnostic port, as dotnet-gcdump does, and prints the
// size of its managed heap afterwards, in bytes.
//
//   dotnet run collect.cs PID
//
// Protocol: https://github.com/dotnet/diagnostics/blob/main/documentation/design-docs/ipc-protocol.md
using System.Buffers.Binary;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

const ulong GarbageCollectionEvents = 0x1;
const ulong CollectWhenTheSessionStarts = 0x800000;
const int Informational = 4;
const int Readings = 4;

if (args is not [var pid])
{
    Console.Error.WriteLine("usage: dotnet run collect.cs PID");
    return 2;
}

var folder = Environment.GetEnvironmentVariable("TMPDIR") ?? "/tmp";
var port = Directory.EnumerateFiles(folder, $"dotnet-diagnostic-{pid}-*-socket").OrderByDescending(File.GetLastWriteTimeUtc).First();
using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { ReceiveTimeout = 60_000 };
socket.Connect(new UnixDomainSocketEndPoint(port));
socket.Send(StartTracing());

using var stream = new NetworkStream(socket);
var header = new byte[20];
stream.ReadExactly(header);
if (header[17] != 0)
{
    Console.Error.WriteLine($"Process {pid} refused to be traced.");
    return 1;
}

// The counter is published every second; the smallest of a few readings is the one right after the collection.
var counter = Encoding.Unicode.GetBytes("gc-heap-size\0");
var received = new List<byte>();
var buffer = new byte[64 * 1024];
double[] heap;
do
{
    received.AddRange(buffer.AsSpan(0, stream.Read(buffer)));
    heap = [.. HeapSizes(received.ToArray())];
}
while (heap.Length < Readings);

Console.WriteLine((heap.Min() * 1e6).ToString("0", CultureInfo.InvariantCulture));
return 0;

// Each counter is its name, its display name (both UTF-16, ended by zero) and its mean as a double, here in MB.
IEnumerable<double> HeapSizes(byte[] bytes)
{
    for (var start = 0; bytes.AsSpan(start).IndexOf(counter) is var found and >= 0;)
    {
        start += found + counter.Length;
        var end = start;
        while (end + 1 < bytes.Length && (bytes[end] | bytes[end + 1]) != 0)
        {
            end += 2;
        }

        if (end + 10 <= bytes.Length)
        {
            yield return BinaryPrimitives.ReadDoubleLittleEndian(bytes.AsSpan(end + 2));
        }
    }
}

static byte[] StartTracing()
{
    using var payload = new MemoryStream();
    using var writer = new BinaryWriter(payload);
    writer.Write(16u);
    writer.Write(1u);
    writer.Write(false);
    writer.Write(2u);
    WriteProvider(writer, "System.Runtime", 0, "EventCounterIntervalSec=1");
    WriteProvider(writer, "Microsoft-Windows-DotNETRuntime", GarbageCollectionEvents | CollectWhenTheSessionStarts, "");

    using var message = new MemoryStream();
    using var envelope = new BinaryWriter(message);
    envelope.Write("DOTNET_IPC_V1\0"u8);
    envelope.Write((ushort)(20 + payload.Length));
    envelope.Write((byte)2);
    envelope.Write((byte)3);
    envelope.Write((ushort)0);
    envelope.Write(payload.ToArray());
    return message.ToArray();
}

static void WriteProvider(BinaryWriter writer, string name, ulong keywords, string filter)
{
    writer.Write(keywords);
    writer.Write(Informational);
    WriteString(writer, name);
    WriteString(writer, filter);
}

static void WriteString(BinaryWriter writer, string text)
{
    writer.Write(text.Length == 0 ? 0u : (uint)text.Length + 1);
    if (text.Length > 0)
    {
        writer.Write(Encoding.Unicode.GetBytes(text + "\0"));
    }
}
