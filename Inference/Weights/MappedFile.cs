using System.IO.MemoryMappedFiles;
using AnalogAttention.Circuits;
using AnalogAttention.Inference.Arrays;
using Microsoft.Win32.SafeHandles;

namespace AnalogAttention.Inference.Weights;

/// <summary>
/// A file mapped into memory for reading. The length is asked again before every span, so that a file cut short meanwhile is an error; a page
/// that the disk cannot deliver, or that is cut off while a span is in use, ends the process (SIGBUS: .NET offers no exception).
/// </summary>
internal sealed unsafe class MappedFile : IDisposable
{
    private readonly SafeFileHandle _file;
    private readonly MemoryMappedFile? _map;
    private readonly MemoryMappedViewAccessor? _view;
    private readonly byte* _start;

    private MappedFile(string path, SafeFileHandle file)
    {
        Path = path;
        _file = file;
        Length = RandomAccess.GetLength(file);
        if (Length == 0)                                              // an empty mapping is refused by the system
            return;
        _map = MemoryMappedFile.CreateFromFile(file, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        _view = _map.CreateViewAccessor(0, Length, MemoryMappedFileAccess.Read);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
        _start += _view.PointerOffset;
    }

    public string Path { get; }

    /// <summary>Bytes, when it was opened.</summary>
    public long Length { get; }

    /// <exception cref="BadInputException">Missing, or it cannot be read.</exception>
    public static MappedFile Open(string path) => InputFile.Read(path, static p =>
    {
        SafeFileHandle file = File.OpenHandle(p, FileMode.Open, FileAccess.Read, FileShare.Read, FileOptions.SequentialScan);
        try
        {
            return new MappedFile(p, file);
        }
        catch (Exception e)
        {
            file.Dispose();
            if (e is NotSupportedException)                           // a pipe or a device has no length
                throw new BadInputException($"{p}: cannot be read: not a regular file", e);
            throw;
        }
    });

    /// <summary>Valid until this is disposed.</summary>
    /// <exception cref="BadInputException">The file has become shorter than that.</exception>
    public ReadOnlySpan<byte> Bytes(long offset, int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset + count, Length);
        long length = RandomAccess.GetLength(_file);
        if (length < offset + count)
            throw new BadInputException($"{Path}: ends at byte {length}, was {Length} bytes long when it was opened (cut short while being read)");
        return new ReadOnlySpan<byte>(_start + offset, count);
    }

    public void Dispose()
    {
        if (_start != null)
            _view!.SafeMemoryMappedViewHandle.ReleasePointer();
        _view?.Dispose();
        _map?.Dispose();
        _file.Dispose();
    }
}
