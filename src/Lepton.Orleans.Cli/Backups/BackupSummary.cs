using System.Globalization;
using System.Text.Json;
using Lepton.Orleans.Cli.Records;
using Lepton.Orleans.Cli.Service;
using Lepton.Orleans.Grains.Backup;

namespace Lepton.Orleans.Cli.Backups;

/// <summary>What a backup says of itself, checked line by line.</summary>
internal sealed class BackupSummary
{
    private readonly Dictionary<string, long> _counts = new(StringComparer.Ordinal);
    private bool _isEnded;

    /// <summary>The backup's own name.</summary>
    public string Id { get; private set; } = "";

    /// <summary>Whose data it is.</summary>
    public string Tenant { get; private set; } = "";

    /// <summary>How many lines there were.</summary>
    public long Lines { get; private set; }

    /// <summary>What is in it, for a person.</summary>
    public string Description => string.Create(CultureInfo.InvariantCulture, $"{CountOf("Item"):N0} items and {CountOf("User"):N0} users of tenant {Tenant}");

    /// <summary>A reader of a backup's lines.</summary>
    public static RecordReader Open(Stream stream, string name) => new(stream, name, quotedSeparator: null, TenantBackup.MaxLineBytes);

    /// <summary>Reads a whole backup.</summary>
    /// <exception cref="CommandFailedException">It is none, is cut short, or is of a later release.</exception>
    public static async Task<BackupSummary> CheckAsync(string path, CancellationToken cancellationToken)
    {
        await using var reader = Open(File.OpenRead(path), Path.GetFileName(path));
        var summary = new BackupSummary();
        while (await reader.ReadAsync(cancellationToken))
        {
            summary.Add(reader.Record, reader.Line);
        }

        summary.DemandEnd();
        return summary;
    }

    /// <summary>Takes the next line.</summary>
    /// <exception cref="CommandFailedException">It is no line of a backup that this release can restore.</exception>
    public void Add(ReadOnlySpan<byte> line, long number)
    {
        try
        {
            var kind = BackupRecord.KindOf(line);
            if (Lines++ == 0 || kind is BackupRecord.End)
            {
                using var document = JsonDocument.Parse(line.ToArray());
                if (Lines == 1)
                {
                    ReadHeader(kind, document.RootElement);
                }
                else
                {
                    ReadEnd(document.RootElement);
                }
            }
            else if (_isEnded)
            {
                throw new CommandFailedException($"The backup goes on after its end, in line {number}.");
            }

            _counts[kind] = CountOf(kind) + 1;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw Lines <= 1 ? NoBackup() : new CommandFailedException($"Line {number} of the backup is damaged: {exception.Message}", exception);
        }
    }

    /// <summary>Makes sure that the last line was the end.</summary>
    /// <exception cref="CommandFailedException">The backup is cut short.</exception>
    public void DemandEnd()
    {
        if (!_isEnded)
        {
            throw Lines == 0 ? NoBackup() : new CommandFailedException($"The backup is cut short: it ends after {Lines} lines, without its last one. Nothing of it is to be relied on.");
        }
    }

    private void ReadHeader(string kind, JsonElement header)
    {
        var version = kind == "Backup" ? header.GetProperty("Version").GetInt32() : throw NoBackup();
        if (version is < 1 or > TenantBackup.FormatVersion)
        {
            throw new CommandFailedException($"The backup has format {version}, and this release reads up to format {TenantBackup.FormatVersion}: use the release that wrote it, or a later one.");
        }

        (Id, Tenant) = (header.GetProperty(nameof(Id)).GetString() ?? "", header.GetProperty(nameof(Tenant)).GetString() ?? "");
    }

    private void ReadEnd(JsonElement end)
    {
        foreach (var (field, kind) in new[] { ("Items", "Item"), ("Users", "User"), ("ModelParts", "Model"), ("CounterPieces", "Counters") })
        {
            if (end.GetProperty(field).GetInt64() is var said && said != CountOf(kind))
            {
                throw new CommandFailedException($"The backup is not whole: it says that it has {said} lines of the Kind {kind}, and has {CountOf(kind)}.");
            }
        }

        _isEnded = true;
    }

    private long CountOf(string kind) => _counts.GetValueOrDefault(kind);

    private static CommandFailedException NoBackup() => new("This is no backup, as lepton export writes it. Rows are imported with lepton import jsonl.");
}
