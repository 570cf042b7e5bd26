using System.Diagnostics;

namespace Lepton.Orleans.ClusterTests.Processes;

/// <summary>A small disk of its own (tmpfs), which a test can fill.</summary>
internal sealed class MemoryDisk : IDisposable
{
    private readonly string folder;

    private MemoryDisk(string folder) => this.folder = folder;

    private string Filler => Path.Combine(folder, "filler");

    /// <summary>Mounts one over a folder; where that is not permitted the test is skipped.</summary>
    public static MemoryDisk MountOrSkip(string folder, int megabytes)
    {
        Directory.CreateDirectory(folder);
        var (exitCode, error) = Run("mount", "-t", "tmpfs", "-o", $"size={megabytes}m", "lepton-test", folder);
        Assert.SkipWhen(exitCode != 0, $"a tmpfs cannot be mounted here, which takes root ({error.Trim()})");
        return new MemoryDisk(folder);
    }

    /// <summary>Leaves no byte free.</summary>
    public void Fill()
    {
        var block = new byte[4096];
        using var file = new FileStream(Filler, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        try
        {
            while (true)
            {
                file.Write(block);
            }
        }
        catch (IOException)
        {
            // That is what was wanted.
        }
    }

    /// <summary>Gives back what <see cref="Fill"/> took.</summary>
    public void Free() => File.Delete(Filler);

    /// <summary>Unmounts it, and with it whatever was written to it is gone.</summary>
    public void Dispose() => Run("umount", "--lazy", folder);

    private static (int ExitCode, string Error) Run(string file, params string[] arguments)
    {
        if (Executable.Find(file) is not { } path)
        {
            return (-1, $"{file} is not on the PATH");
        }

        using var process = Process.Start(new ProcessStartInfo(path, arguments) { RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, error);
    }
}
