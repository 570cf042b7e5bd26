using System.Security.Cryptography;
using System.Text;
using Lepton.Orleans.Cli.Service;

namespace Lepton.Orleans.Cli.Migrations;

/// <summary>What a move that was interrupted leaves for the run that goes on: a copy of what the target has, and under which name.</summary>
internal sealed class MigrationFolder
{
    private readonly string _path;

    /// <summary>The folder of the move from one service to another.</summary>
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

    /// <summary>Notes that the target has all of <see cref="Next"/>.</summary>
    public void Advance() => File.Move(Next, Copy, overwrite: true);

    /// <summary>Forgets everything.</summary>
    public void Clear() => Directory.Delete(_path, recursive: true);
}
