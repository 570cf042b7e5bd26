using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace Lepton.Orleans.Grains.Backup;

/// <summary>Cuts a stream of lines into runs of whole ones, so that no more than a run of them is held.</summary>
internal static class BackupRuns
{
    /// <summary>How long a run is, give or take a line.</summary>
    public const int RunBytes = 2 * 1024 * 1024;

    /// <summary>Reads runs, one at least, though it may be empty; each is good until the next is asked for.</summary>
    /// <exception cref="InvalidBackupException">A line is too long; its index counts from that of the run's first line.</exception>
    public static async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(PipeReader lines, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var held = new ArrayBufferWriter<byte>(RunBytes);
        var end = 0; // of the last whole line that is held
        while (true)
        {
            var read = await lines.ReadAsync(cancellationToken);
            foreach (var segment in read.Buffer)
            {
                end = segment.Span.LastIndexOf((byte)'\n') is >= 0 and var last ? held.WrittenCount + last + 1 : end;
                held.Write(segment.Span);
            }

            lines.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
            {
                yield return held.WrittenMemory;
                yield break;
            }

            if (end >= RunBytes)
            {
                yield return held.WrittenMemory[..end];
                var rest = held.WrittenSpan[end..].ToArray();
                held.ResetWrittenCount();
                held.Write(rest);
                end = 0;
            }

            if (held.WrittenCount - end > TenantBackup.MaxLineBytes)
            {
                var before = held.WrittenSpan[..end].Count((byte)'\n');
                throw new InvalidBackupException(before, $"must not be longer than {TenantBackup.MaxLineBytes} bytes");
            }
        }
    }
}
