using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace Lepton.Orleans.ClusterTests.Processes;

/// <summary>The network between a silo and its store, as bad as a test wants it.</summary>
internal sealed class StoreProxy : IAsyncDisposable
{
    // Bytes to the store that are more than one command without content: a batch of writes.
    private const int Batch = 2000;
    private const int Buffer = 64 * 1024;

    private readonly CancellationTokenSource stop = new();
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<Task, bool> pairs = new();
    private readonly int storePort;
    private readonly Task accepting;
    private TaskCompletionSource? cutRequest;
    private TaskCompletionSource? cutReply;
    private long delayTicks;

    public StoreProxy(int storePort)
    {
        this.storePort = storePort;
        listener.Start();
        accepting = AcceptAsync();
    }

    public string ConnectionString => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}");

    /// <summary>How long each byte is on its way, in either direction; from the next byte on.</summary>
    public TimeSpan Delay
    {
        set => Interlocked.Exchange(ref delayTicks, value.Ticks);
    }

    /// <summary>Cuts the connection inside the next batch of writes, of which the store sees the first half. Returns when that has happened.</summary>
    public Task CutRequestAsync() => Arm(ref cutRequest);

    /// <summary>Cuts the connection after the next batch of writes: the store has done it, and nobody hears. Returns when that has happened.</summary>
    public Task CutReplyAsync() => Arm(ref cutReply);

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        listener.Dispose();
        await accepting;
        await Task.WhenAll(pairs.Keys);
        stop.Dispose();
    }

    private static Task Arm(ref TaskCompletionSource? cut)
    {
        var armed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref cut, armed);
        return armed.Task;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var silo = await listener.AcceptTcpClientAsync(stop.Token);
                var pair = Task.Run(() => JoinAsync(silo));
                pairs.TryAdd(pair, true);
                _ = pair.ContinueWith(ended => pairs.TryRemove(ended, out _), TaskScheduler.Default);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
    }

    private async Task JoinAsync(TcpClient silo)
    {
        using var first = silo;
        using var store = new TcpClient();
        using var cut = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
        try
        {
            await store.ConnectAsync(IPAddress.Loopback, storePort, cut.Token);
            silo.NoDelay = store.NoDelay = true;
            var (near, far) = (silo.GetStream(), store.GetStream());
            TaskCompletionSource? awaitingReply = null;
            var requests = PumpAsync(near, far, OnRequest, cut.Token);
            var replies = PumpAsync(far, near, OnReply, cut.Token);
            await await Task.WhenAny(requests, replies);

            // How much of what was read goes on; the rest is where the connection ends.
            int OnRequest(int length)
            {
                if (length >= Batch && Interlocked.Exchange(ref cutReply, null) is { } reply)
                {
                    Volatile.Write(ref awaitingReply, reply);
                }

                return length >= Batch && Interlocked.Exchange(ref cutRequest, null) is { } request && request.TrySetResult() ? length / 2 : length;
            }

            int OnReply(int length) => Interlocked.Exchange(ref awaitingReply, null) is { } reply && reply.TrySetResult() ? 0 : length;
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
        {
            // One side has gone, and takes the other with it.
        }
        finally
        {
            await cut.CancelAsync();
        }
    }

    /// <summary>Carries bytes until the connection ends at either side, or is cut.</summary>
    private async Task PumpAsync(NetworkStream from, NetworkStream to, Func<int, int> passes, CancellationToken cut)
    {
        var way = Channel.CreateUnbounded<(long Due, byte[] Bytes)>();
        var arriving = ArriveAsync();
        var buffer = new byte[Buffer];
        try
        {
            while (await from.ReadAsync(buffer, cut) is > 0 and var length)
            {
                var passing = passes(length);
                var due = Stopwatch.GetTimestamp() + (long)(new TimeSpan(Interlocked.Read(ref delayTicks)).TotalSeconds * Stopwatch.Frequency);
                way.Writer.TryWrite((due, buffer[..passing]));
                if (passing < length)
                {
                    break;
                }
            }
        }
        finally
        {
            way.Writer.Complete();
        }

        await arriving;

        async Task ArriveAsync()
        {
            await foreach (var (due, bytes) in way.Reader.ReadAllAsync(cut))
            {
                if (Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due) is { Ticks: > 0 } left)
                {
                    await Task.Delay(left, cut);
                }

                await to.WriteAsync(bytes, cut);
            }
        }
    }
}
