import { useState } from 'react';

/** A first page: replace it with what the website is for. */
export function App() {
  const [name, setName] = useState('');

  return (
    <main>
      <h1>{${{ values.title | dump }}}</h1>
      <p>{${{ values.description | dump }}}</p>
      <label>
        {%- if values.language == 'fr' %}
        Votre prénom
        {%- else %}
        Your name
        {%- endif %}
        <input value={name} onChange={(event) => setName(event.target.value)} />
      </label>
      {%- if values.language == 'fr' %}
      {name && <p role="status">Bonjour {name}</p>}
      {%- else %}
      {name && <p role="status">Hello {name}</p>}
      {%- endif %}
    </main>
  );
}
