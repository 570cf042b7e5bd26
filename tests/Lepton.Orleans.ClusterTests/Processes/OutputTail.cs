using System.Diagnostics;

namespace Lepton.Orleans.ClusterTests.Processes;

/// <summary>The last lines that a process wrote; a silo writes fewer than there is room for.</summary>
internal sealed class OutputTail
{
    private const int Capacity = 20_000;
    private readonly Queue<string> lines = new();
    private long written;

    public void Attach(Process process)
    {
        process.OutputDataReceived += (_, line) => Add(line.Data);
        process.ErrorDataReceived += (_, line) => Add(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public void Add(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (lines)
        {
            if (lines.Count == Capacity)
            {
                lines.Dequeue();
            }

            lines.Enqueue(line);
            written++;
        }
    }

    /// <summary>A place in what is written, to be given to <see cref="Since"/>.</summary>
    public long Mark() => Interlocked.Read(ref written);

    /// <summary>The lines since a mark.</summary>
    public IReadOnlyList<string> Since(long mark)
    {
        lock (lines)
        {
            return [.. lines.TakeLast((int)Math.Min(written - mark, lines.Count))];
        }
    }

    public string Last(int count)
    {
        lock (lines)
        {
            return string.Join(Environment.NewLine, lines.TakeLast(count));
        }
    }
}
