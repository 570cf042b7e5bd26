using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Lepton.Orleans.Cli.Service;

namespace Lepton.Orleans.Cli.Importing;

/// <summary>Keeps the position of an import among the user's local data; gone when the import is complete.</summary>
internal sealed class CheckpointFile
{
    private readonly string? _path;

    /// <summary>The place for an import: other files, another size or time of change, another service or mapping are another import.</summary>
    /// <param name="directory">Where such files are kept.</param>
    /// <param name="files">The files; standard input cannot be read again, so nothing is kept for it.</param>
    /// <param name="service">The service.</param>
    public CheckpointFile(string directory, IReadOnlyList<ImportFile> files, LeptonService service)
    {
        var identity = new StringBuilder().Append(service.Url.AbsoluteUri).Append('\n').Append(service.ApiKey).Append('\n');
        foreach (var file in files)
        {
            if (file.Path is null)
            {
                return;
            }

            var info = new FileInfo(file.Path);
            _ = identity.Append(CultureInfo.InvariantCulture, $"{info.FullName}\n{info.Length}\n{info.LastWriteTimeUtc.Ticks}\n{file.Format.Signature}\n");
        }

        _path = Path.Combine(directory, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(identity.ToString())))[..32] + ".json");
    }

    /// <summary>What an earlier run left, or <see langword="null"/>; a file that cannot be read counts as none.</summary>
    public Checkpoint? Load()
    {
        try
        {
            return _path is not null && File.Exists(_path) ? JsonSerializer.Deserialize<Checkpoint>(File.ReadAllBytes(_path)) : null;
        }
        catch (Exception exception) when (exception is IOException or JsonException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Keeps a position, whole or not at all.</summary>
    public void Save(Checkpoint checkpoint)
    {
        if (_path is null)
        {
            return;
        }

        _ = Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
        File.WriteAllBytes(_path + ".new", JsonSerializer.SerializeToUtf8Bytes(checkpoint));
        File.Move(_path + ".new", _path, overwrite: true);
    }

    /// <summary>Forgets the position.</summary>
    public void Delete()
    {
        if (_path is not null)
        {
            File.Delete(_path);
        }
    }
}
