using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using Lepton.Orleans.Grains.Backup;
using Lepton.Orleans.Grains.Tests.Clusters;

namespace Lepton.Orleans.Grains.Tests.Backup;

/// <summary>Makes and restores backups as their lines.</summary>
internal static class BackupText
{
    public static async Task<string[]> WriteAsync(LeptonCluster cluster, string tenant)
    {
        var pipe = new Pipe();
        var writing = Task.Run(async () =>
        {
            try
            {
                await cluster.Service<TenantBackup>().WriteAsync(tenant, pipe.Writer, CancellationToken.None);
                await pipe.Writer.CompleteAsync();
            }
            catch (Exception exception)
            {
                await pipe.Writer.CompleteAsync(exception);
                throw;
            }
        });
        using var reader = new StreamReader(pipe.Reader.AsStream(), Encoding.UTF8);
        var text = await reader.ReadToEndAsync();
        await writing;
        Assert.EndsWith("}\n", text, StringComparison.Ordinal);
        return text.TrimEnd('\n').Split('\n');
    }

    public static Task<int> RestoreAsync(LeptonCluster cluster, string tenant, string? backup, params IEnumerable<string> lines) =>
        cluster.Service<TenantRestore>().ApplyAsync(
            tenant, backup, PipeReader.Create(new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(string.Join('\n', lines)))), CancellationToken.None);

    public static string IdOf(string[] backup) => ((BackupLine.Header)Read(backup[0])).Id;

    public static BackupLine Read(string line) => JsonSerializer.Deserialize<BackupLine>(line, BackupLine.Options)!;

    public static string Write(BackupLine line) => JsonSerializer.Serialize(line, BackupLine.Options);

    /// <summary>The lines of what is kept as it was given, items before users, each user's last; what is derived changes with the clock.</summary>
    public static string[] Truth(string[] backup) =>
    [
        .. backup.Where(line => Read(line) is BackupLine.Item),
        .. backup.Where(line => Read(line) is BackupLine.User).GroupBy(line => ((BackupLine.User)Read(line)).UserId, StringComparer.Ordinal).Select(same => same.Last()),
    ];
}
