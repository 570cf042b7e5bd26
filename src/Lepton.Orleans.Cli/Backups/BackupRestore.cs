using System.Buffers;
using System.Globalization;
using Lepton.Orleans.Cli.Importing;
using Lepton.Orleans.Cli.Service;

namespace Lepton.Orleans.Cli.Backups;

/// <summary>
/// Sends a backup's lines to an empty service, some at a time and one request after the other; the place behind those that were
/// acknowledged is kept, and a later run goes on there.
/// </summary>
internal sealed class BackupRestore(LeptonService service, CheckpointFile checkpoints, Action<string> notice)
{
    private const int BatchBytes = 1024 * 1024;

    /// <summary>Restores a backup that was checked.</summary>
    /// <param name="path">The file.</param>
    /// <param name="id">The id of the backup.</param>
    /// <param name="restart">Whether to start over where an earlier run was interrupted.</param>
    /// <param name="leaveOpen">Whether the last line is kept back, so that more of the same backup may follow.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task RunAsync(string path, string id, bool restart, bool leaveOpen, CancellationToken cancellationToken)
    {
        await using var reader = BackupSummary.Open(File.OpenRead(path), Path.GetFileName(path));
        if (!restart && checkpoints.Load() is { } checkpoint && checkpoint.Probe == id)
        {
            reader.Seek(checkpoint.Position.Offset, checkpoint.Position.Line);
            notice(string.Create(CultureInfo.InvariantCulture, $"Going on at line {checkpoint.Position.Line:N0}: the lines before are restored (--restart starts over)."));
        }

        var target = $"api/v2/restore?backup={Uri.EscapeDataString(id)}";
        var batch = new ArrayBufferWriter<byte>(BatchBytes);
        while (await reader.ReadAsync(cancellationToken))
        {
            if (leaveOpen && BackupRecord.KindOf(reader.Record) == BackupRecord.End)
            {
                continue;
            }

            batch.Write(reader.Record);
            batch.Write("\n"u8);
            if (batch.WrittenCount >= BatchBytes)
            {
                await SendAsync(target, batch, cancellationToken);
                checkpoints.Save(new Checkpoint(new ImportPosition(0, reader.NextOffset, reader.NextLine, reader.NextLine - 1, 0), id));
            }
        }

        await SendAsync(target, batch, cancellationToken);
        checkpoints.Delete();
    }

    private async Task SendAsync(string target, ArrayBufferWriter<byte> batch, CancellationToken cancellationToken)
    {
        if (batch.WrittenCount > 0)
        {
            _ = await service.SendAsync(HttpMethod.Post, target, batch.WrittenMemory, cancellationToken);
            batch.ResetWrittenCount();
        }
    }
}
