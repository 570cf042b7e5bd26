using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;

namespace Lepton.Orleans.Grains.Backup;

/// <summary>Writes the lines of a backup to a pipe and counts them; waits where the reader does not keep up.</summary>
/// <remarks>
/// Lines are gathered here and not in the pipe: one that belongs to an answer can still become that of an error as long as
/// nothing was written to it.
/// </remarks>
internal sealed class BackupWriter : IDisposable
{
    private const int FlushBytes = 64 * 1024;

    private readonly ArrayBufferWriter<byte> _lines = new(2 * FlushBytes);
    private readonly Dictionary<Type, long> _counts = [];
    private readonly PipeWriter _output;
    private readonly CancellationToken _cancellationToken;
    private readonly Utf8JsonWriter _json;
    private long _events;

    /// <summary>Makes a writer that has written nothing yet.</summary>
    public BackupWriter(PipeWriter output, CancellationToken cancellationToken)
    {
        (_output, _cancellationToken) = (output, cancellationToken);
        _json = new Utf8JsonWriter(_lines, new JsonWriterOptions { Encoder = BackupLine.Options.Encoder, SkipValidation = true });
    }

    /// <summary>Writes a line.</summary>
    public async ValueTask WriteAsync(BackupLine line)
    {
        JsonSerializer.Serialize(_json, line, BackupLine.Options);
        _json.Reset();
        _lines.Write("\n"u8);
        _counts[line.GetType()] = CountOf(line.GetType()) + 1;
        _events += (line as BackupLine.User)?.Events?.Count ?? 0;
        if (_lines.WrittenCount >= FlushBytes)
        {
            await FlushAsync();
        }
    }

    /// <summary>Writes the last line.</summary>
    public async Task EndAsync()
    {
        await WriteAsync(new BackupLine.End(
            CountOf(typeof(BackupLine.Item)), CountOf(typeof(BackupLine.User)), CountOf(typeof(BackupLine.Model)), CountOf(typeof(BackupLine.Counters)), _events));
        await FlushAsync();
    }

    /// <inheritdoc />
    public void Dispose() => _json.Dispose();

    private long CountOf(Type kind) => _counts.GetValueOrDefault(kind);

    private async Task FlushAsync()
    {
        var result = await _output.WriteAsync(_lines.WrittenMemory, _cancellationToken);
        _lines.ResetWrittenCount();
        if (result.IsCompleted)
        {
            throw new OperationCanceledException("Nobody reads the backup any more.");
        }
    }
}
