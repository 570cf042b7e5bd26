using Lepton.Orleans.Cli.Records;

namespace Lepton.Orleans.Cli.Importing;

/// <summary>Numbers that go up while an import runs; read by whoever draws them.</summary>
internal sealed class ImportProgress
{
    private long _rows;
    private long _feedback;
    private long _changed;
    private long _bad;
    private long _bytes;

    /// <summary>Rows acknowledged in this run.</summary>
    public long Rows => Interlocked.Read(ref _rows);

    /// <summary>Rows of feedback among them.</summary>
    public long Feedback => Interlocked.Read(ref _feedback);

    /// <summary>Rows of feedback among them that changed something; of users and items the service counts every row.</summary>
    public long Changed => Interlocked.Read(ref _changed);

    /// <summary>Rows passed over in this run.</summary>
    public long Bad => Interlocked.Read(ref _bad);

    /// <summary>Bytes read, of all files together, with those that an earlier run had done.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Counts a batch.</summary>
    public void Acknowledged(RowKind kind, int rows, int changed)
    {
        _ = Interlocked.Add(ref _rows, rows);
        if (kind == RowKind.Feedback)
        {
            _ = Interlocked.Add(ref _feedback, rows);
            _ = Interlocked.Add(ref _changed, changed);
        }
    }

    /// <summary>Counts a row that was passed over.</summary>
    public void PassedOver() => Interlocked.Increment(ref _bad);

    /// <summary>Says how far reading is.</summary>
    public void ReadUpTo(long bytes) => Interlocked.Exchange(ref _bytes, bytes);
}
