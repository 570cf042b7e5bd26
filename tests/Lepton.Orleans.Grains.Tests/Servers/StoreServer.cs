using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Garnet;
using Lepton.Orleans.Grains.Hosting;
using StackExchange.Redis;

namespace Lepton.Orleans.Grains.Tests.Servers;

/// <summary>A Redis-protocol server on a loopback port with files of its own; can be stopped and started on them again.</summary>
public sealed class StoreServer : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private readonly StoreKind _kind;
    private readonly string _folder = Directory.CreateTempSubdirectory("lepton-store-").FullName;
    private readonly int _port = FreePort();
    private GarnetServer? _garnet;
    private Process? _redis;

    public StoreServer(StoreKind kind)
    {
        _kind = kind;
        Start();
    }

    /// <summary>redis-server, where the machine has it.</summary>
    public static string? RedisPath { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, "redis-server")).FirstOrDefault(File.Exists);

    /// <summary>Connects as the silo does: what cannot be done now fails at once.</summary>
    /// <param name="patience">How long an answer may take; a busy test machine needs more than a silo grants.</param>
    public ConnectionMultiplexer Connect(TimeSpan patience) => ConnectionMultiplexer.Connect(new ConfigurationOptions
    {
        EndPoints = { { IPAddress.Loopback, _port } },
        AbortOnConnectFail = false,
        BacklogPolicy = BacklogPolicy.FailFast,
        AsyncTimeout = (int)patience.TotalMilliseconds,
        SyncTimeout = (int)patience.TotalMilliseconds,
        ConnectTimeout = 1500,
        ReconnectRetryPolicy = new LinearRetry(250),
        HeartbeatInterval = TimeSpan.FromMilliseconds(250),
    });

    /// <summary>How writes to a kind of store are confirmed, as the silo does it.</summary>
    public static StoreDurability DurabilityOf(StoreKind kind) => new(kind == StoreKind.Garnet ? "COMMITAOF" : null);

    public void Start()
    {
        if (_kind == StoreKind.Garnet)
        {
            _garnet = new GarnetServer(
            [
                "--bind", "127.0.0.1", "--port", _port.ToString(CultureInfo.InvariantCulture),
                "--memory", "64m", "--page", "1m", "--segment", "64m", "--index", "4m",
                "--storage-tier", "--logdir", Path.Combine(_folder, "log"), "--checkpointdir", Path.Combine(_folder, "checkpoints"),
                "--device-type", "RandomAccess",
                "--aof", "--aof-memory", "64m", "--aof-page-size", "8m", "--aof-commit-freq", "1000", "--aof-size-limit", "256m",
                "--lua", "--lua-transaction-mode", "--recover", "true", "--logger-level", "Error",
            ]);
            _garnet.Start();
        }
        else
        {
            _redis = Process.Start(new ProcessStartInfo(
                RedisPath!,
                ["--bind", "127.0.0.1", "--port", _port.ToString(CultureInfo.InvariantCulture), "--dir", _folder, "--appendonly", "yes", "--save", ""])
            {
                RedirectStandardOutput = true,
            });
            _redis!.OutputDataReceived += (_, _) => { };
            _redis.BeginOutputReadLine();
        }

        Await(Answers, "answer");
    }

    public void Stop()
    {
        _garnet?.Dispose(deleteDir: false);
        _garnet = null;
        if (_redis is { } redis)
        {
            redis.Kill();
            redis.WaitForExit();
            redis.Dispose();
            _redis = null;
        }

        Await(() => !Answers(), "stop");
    }

    public void Dispose()
    {
        Stop();
        Directory.Delete(_folder, recursive: true);
    }

    private static void Await(Func<bool> condition, string what)
    {
        var watch = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(watch.Elapsed < Deadline, $"The server did not {what} within {Deadline.TotalSeconds} s.");
            Thread.Yield();
        }
    }

    private bool Answers()
    {
        try
        {
            using var client = new TcpClient();
            client.Connect(IPAddress.Loopback, _port);
            client.ReceiveTimeout = 1000;
            client.GetStream().Write("PING\r\n"u8);
            return client.GetStream().ReadByte() == '+';
        }
        catch (Exception exception) when (exception is SocketException or IOException)
        {
            return false;
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
