using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Garnet;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace Lepton.Orleans.Silo.Storage;

/// <summary>
/// A Redis-protocol server (Microsoft.Garnet) inside this process, on a loopback port and behind a password of its own.
/// Writes go to the append-only file every second and whenever they are told to: after each write, or group of writes, the client sends
/// <see cref="CommitCommand"/> and waits for the answer. (The server could wait by itself, but then it does so for every
/// single command of a script, which makes a group commit cost as much as its members.) The file is cut by a checkpoint
/// when it grows.
/// </summary>
/// <remarks>
/// A server whose file could not be written to, because the disk is full for instance, confirms nothing any more, whatever
/// happens to the disk; and its memory holds what nobody was told is kept. So it is ended as soon as that is seen, and
/// started anew on what is in the file when the folder can be written to again.
/// </remarks>
internal sealed class EmbeddedStore(IOptions<StoreOptions> options, ILogger<EmbeddedStore> logger) : IDisposable
{
    /// <summary>Its answer says that everything written before is in the append-only file.</summary>
    public const string CommitCommand = "COMMITAOF";

    // What must fit on the disk before the server is started again, so that it is not ended by the first writes.
    private const int NeededBytes = 1024 * 1024;
    private static readonly TimeSpan WatchInterval = TimeSpan.FromMilliseconds(100);

    private readonly string _folder = Path.GetFullPath(options.Value.DataDirectory);
    private readonly CancellationTokenSource _disposed = new();
    private readonly Lock _gate = new();
    private GarnetServer? _server;
    private FileStream? _lock;

    /// <summary>Starts the server on the files of the data directory.</summary>
    /// <returns>How to connect to it.</returns>
    /// <exception cref="StoreStartException">The folder cannot be used, or another process uses it.</exception>
    public ConfigurationOptions Start()
    {
        _lock = Lock(_folder);
        var port = FreePort();
        var password = Convert.ToHexString(RandomNumberGenerator.GetBytes(16));
        string[] arguments =
        [
            "--bind", "127.0.0.1",
            "--port", port.ToString(CultureInfo.InvariantCulture),
            "--auth", "Password", "--password", password,
            "--memory", "256m", "--page", "1m", "--segment", "256m", "--index", "16m",
            "--storage-tier", "--logdir", Path.Combine(_folder, "log"), "--checkpointdir", Path.Combine(_folder, "checkpoints"),
            "--device-type", "RandomAccess",
            "--aof", "--aof-memory", "64m", "--aof-page-size", "8m", "--aof-commit-freq", "1000", "--aof-size-limit", "256m",
            "--lua", "--lua-transaction-mode",
            "--recover", "true",
            "--logger-level", "Warning",
        ];
        try
        {
            _server = StartServer(arguments);
        }
        catch (Exception exception)
        {
            throw new StoreStartException($"The embedded store cannot start on the files in '{_folder}' (Lepton:DataDirectory): {exception.Message}", exception);
        }

        logger.EmbeddedStoreStarted(_folder, port);
        _ = WatchAsync(_server, arguments, _disposed.Token);
        return new ConfigurationOptions { EndPoints = { { IPAddress.Loopback, port } }, Password = password };
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _disposed.Cancel();
        Replace(null);
        _lock?.Dispose();
        _disposed.Dispose();
    }

    private async Task WatchAsync(GarnetServer server, string[] arguments, CancellationToken disposed)
    {
        using var timer = new PeriodicTimer(WatchInterval);
        try
        {
            while (await timer.WaitForNextTickAsync(disposed))
            {
                if (await FailureAsync(server, disposed) is not { } failure)
                {
                    continue;
                }

                logger.EmbeddedStoreFailed(_folder, failure);
                var failed = Stopwatch.GetTimestamp();
                Replace(null);
                GarnetServer? started;
                while (!CanWrite() || (started = StartAgain(arguments)) is null)
                {
                    await timer.WaitForNextTickAsync(disposed);
                }

                Replace(server = started);
                logger.EmbeddedStoreBack(Stopwatch.GetElapsedTime(failed).TotalSeconds);
            }
        }
        catch (OperationCanceledException)
        {
            // Disposed.
        }
    }

    // Where there is nothing to write this asks for nothing, and still hears of a write that failed before.
    private static async Task<Exception?> FailureAsync(GarnetServer server, CancellationToken disposed)
    {
        try
        {
            await server.Store.CommitAOFAsync(disposed);
            return null;
        }
        catch (Exception exception) when (!disposed.IsCancellationRequested)
        {
            return exception;
        }
    }

    private void Replace(GarnetServer? server)
    {
        lock (_gate)
        {
            _server?.Dispose(deleteDir: false);
            _server = server;
            if (_disposed.IsCancellationRequested)
            {
                _server?.Dispose(deleteDir: false);
                _server = null;
            }
        }
    }

    private GarnetServer? StartAgain(string[] arguments)
    {
        try
        {
            return StartServer(arguments);
        }
        catch (Exception exception)
        {
            logger.EmbeddedStoreFailed(_folder, exception);
            return null;
        }
    }

    private bool CanWrite()
    {
        var path = Path.Combine(_folder, "room");
        try
        {
            using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0, FileOptions.DeleteOnClose);
            file.Write(new byte[NeededBytes]);
            file.Flush(flushToDisk: true);
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static GarnetServer StartServer(string[] arguments)
    {
        var output = Console.Out;
        GarnetServer? server = null;
        try
        {
            // The server greets with a banner and an address that are nobody's business here.
            Console.SetOut(TextWriter.Null);
            server = new GarnetServer(arguments);
            server.Start();
            return server;
        }
        catch
        {
            server?.Dispose(deleteDir: false);
            throw;
        }
        finally
        {
            Console.SetOut(output);
        }
    }

    private static FileStream Lock(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
            return new FileStream(Path.Combine(folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StoreStartException(
                exception is UnauthorizedAccessException || !File.Exists(Path.Combine(folder, "lock"))
                    ? $"The folder '{folder}' cannot be used ({(exception is FileNotFoundException or DirectoryNotFoundException ? "it cannot be made" : exception.Message.TrimEnd('.'))}). Set Lepton:DataDirectory to a folder that this user may write to."
                    : $"The folder '{folder}' is in use. Another Lepton is running on it; stop that one, or set Lepton:DataDirectory to another folder.",
                exception);
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
