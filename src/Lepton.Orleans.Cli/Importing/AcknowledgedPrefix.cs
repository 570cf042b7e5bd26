namespace Lepton.Orleans.Cli.Importing;

/// <summary>
/// Knows how much of the input is acknowledged without a gap: batches come back in any order, and a later run may only go on
/// where everything before is certain.
/// </summary>
internal sealed class AcknowledgedPrefix(ImportPosition start)
{
    private readonly Lock _lock = new();
    private readonly List<ImportPosition> _open = [];
    private ImportPosition _read = start;

    /// <summary>Notes that a batch has begun with the row at a position.</summary>
    public void Open(ImportPosition first)
    {
        lock (_lock)
        {
            _open.Add(first);
        }
    }

    /// <summary>Notes that the batch that began there is acknowledged.</summary>
    public void Close(ImportPosition first)
    {
        lock (_lock)
        {
            _ = _open.Remove(first);
        }
    }

    /// <summary>Notes how far the input has been read; every row before is in a batch.</summary>
    public void Read(ImportPosition position)
    {
        lock (_lock)
        {
            _read = position;
        }
    }

    /// <summary>The position that everything before is acknowledged.</summary>
    public ImportPosition Current
    {
        get
        {
            lock (_lock)
            {
                var first = _read;
                foreach (var open in _open)
                {
                    first = open.IsBefore(first) ? open : first;
                }

                return first;
            }
        }
    }
}
