using System.Diagnostics;

namespace Lepton.Orleans.ClusterTests.Processes;

/// <summary>The last lines that a process wrote.</summary>
internal sealed class OutputTail
{
    private const int Capacity = 200;
    private readonly Queue<string> lines = new(Capacity);

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
