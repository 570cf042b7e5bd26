using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Lepton.Orleans.Cli.Service;

namespace Lepton.Orleans.Cli.Migrations;

/// <summary>
/// What a move that was interrupted leaves for the run that goes on: a copy of what the target has, under which name, and how far
/// the end of the move has come.
/// </summary>
internal sealed class MigrationFolder : IDisposable
{
    private readonly string _path;
    private FileStream? _lock;

    /// <summary>The folder of the move from one service to another, for this run alone.</summary>
    /// <exception cref="CommandFailedException">Another run has it.</exception>
    public MigrationFolder(string directory, LeptonService source, LeptonService target)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{source.Url.AbsoluteUri}\n{target.Url.AbsoluteUri}"));
        _path = Path.Combine(directory, $"migration-{Convert.ToHexStringLower(hash)[..16]}");

        // Everything about everybody is in it.
        if (OperatingSystem.IsWindows())
        {
            _ = Directory.CreateDirectory(_path);
        }
        else
        {
            _ = Directory.CreateDirectory(_path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        try
        {
            _lock = new FileStream(Path.Combine(_path, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException exception)
        {
            throw new CommandFailedException($"Another run of this command moves {source.Url} to {target.Url}, or {_path} cannot be written to: {exception.Message}", exception);
        }
    }

    /// <summary>What the target has been sent.</summary>
    public string Copy => Path.Combine(_path, "copy.ndjson");

    /// <summary>What the source has now.</summary>
    public string Next => Path.Combine(_path, "next.ndjson");

    /// <summary>What leads from one to the other.</summary>
    public string Changes => Path.Combine(_path, "changes.ndjson");

    /// <summary>What the target has.</summary>
    public string Target => Path.Combine(_path, "target.ndjson");

    /// <summary>Whether all of <see cref="Copy"/> has been acknowledged.</summary>
    public bool IsCopied => File.Exists(CopiedFile);

    /// <summary>The name under which the target knows the restore; empty before the first copy.</summary>
    public string Id => File.Exists(IdFile) ? File.ReadAllText(IdFile) : "";

    /// <summary>Whether the source was told to refuse writes until somebody opens it, by a run that had decided nothing yet.</summary>
    public bool IsHeld => File.Exists(HeldFile);

    /// <summary>
    /// Everything was compared and is the same: the mark of the pause that holds since, and what is to be reported. From then on the
    /// target may be complete and take writes, so the source must not be opened any more.
    /// </summary>
    public MigrationDecision? Decision => File.Exists(DecisionFile) ? JsonSerializer.Deserialize<MigrationDecision>(File.ReadAllBytes(DecisionFile)) : null;

    private string HeldFile => Path.Combine(_path, "held");

    private string DecisionFile => Path.Combine(_path, "decision");

    private string CopiedFile => Path.Combine(_path, "copied");

    private string IdFile => Path.Combine(_path, "id");

    /// <summary>Keeps the first copy.</summary>
    public void Begin(string id)
    {
        File.WriteAllText(IdFile, id);
        File.Move(Next, Copy, overwrite: true);
    }

    /// <summary>Notes that the target has all of <see cref="Copy"/>.</summary>
    public void MarkCopied() => File.WriteAllText(CopiedFile, "");

    /// <summary>Whether <see cref="Changes"/> are being sent, which lead to <see cref="Next"/>: the target may have some of them.</summary>
    public bool IsChanging => File.Exists(Changes) && File.Exists(Next);

    /// <summary>Notes that the target has all of <see cref="Next"/>.</summary>
    public void Advance()
    {
        File.Move(Next, Copy, overwrite: true);
        ForgetChanges();
    }

    /// <summary>Forgets <see cref="Changes"/>, which come before the next <see cref="Next"/>.</summary>
    public void ForgetChanges() => File.Delete(Changes);

    /// <summary>Notes that the source is about to refuse writes without an end.</summary>
    public void MarkHeld() => WriteThrough(HeldFile, []);

    /// <summary>Notes that the source takes writes again.</summary>
    public void MarkOpen() => File.Delete(HeldFile);

    /// <summary>Notes what there is no way back from.</summary>
    public void Decide(MigrationDecision decision) => WriteThrough(DecisionFile, JsonSerializer.SerializeToUtf8Bytes(decision));

    /// <summary>Forgets everything, at once: what is left by a run that is killed in the middle belongs to no move.</summary>
    public void Clear()
    {
        Dispose();
        var gone = $"{_path}-{Guid.NewGuid():N}";
        Directory.Move(_path, gone);
        Directory.Delete(gone, recursive: true);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _lock?.Dispose();
        _lock = null;
    }

    // Whole or not at all, and on disk when this returns.
    private static void WriteThrough(string path, ReadOnlySpan<byte> content)
    {
        using (var file = File.Create(path + ".new"))
        {
            file.Write(content);
            file.Flush(flushToDisk: true);
        }

        File.Move(path + ".new", path, overwrite: true);
    }
}
