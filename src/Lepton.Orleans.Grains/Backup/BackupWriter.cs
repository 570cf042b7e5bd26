using System.IO.Pipelines;
using System.Text.Json;

namespace Lepton.Orleans.Grains.Backup;

/// <summary>Writes the lines of a backup to a pipe and counts them; waits where the reader does not keep up.</summary>
internal sealed class BackupWriter(PipeWriter output, CancellationToken cancellationToken) : IDisposable
{
    private const int FlushBytes = 64 * 1024;

    private readonly Utf8JsonWriter _json = new(output, new JsonWriterOptions { Encoder = BackupLine.Options.Encoder, SkipValidation = true });
    private readonly Dictionary<Type, long> _counts = [];
    private long _events;
    private long _unflushed;

    /// <summary>Writes a line.</summary>
    public async ValueTask WriteAsync(BackupLine line)
    {
        JsonSerializer.Serialize(_json, line, BackupLine.Options);
        await _json.FlushAsync(cancellationToken);
        _unflushed += _json.BytesCommitted + 1;
        _json.Reset();
        output.GetSpan(1)[0] = (byte)'\n';
        output.Advance(1);
        _counts[line.GetType()] = CountOf(line.GetType()) + 1;
        _events += (line as BackupLine.User)?.Events?.Count ?? 0;
        if (_unflushed >= FlushBytes)
        {
            _unflushed = 0;
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
        if ((await output.FlushAsync(cancellationToken)).IsCompleted)
        {
            throw new OperationCanceledException("Nobody reads the backup any more.");
        }
    }
}
